// The configuration's figures as probes and the router take them.

import type { DestinationPolicies, PolicyOverride } from '../domain/destination-policy.ts';
import type { Config } from '../platform/config.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { DnsOptions } from '../smtp/dns-client.ts';
import { troubleMsFor, type RouterOptions } from '../smtp/resolve-route.ts';
import type { ProbeSettings } from '../worker/messages.ts';

/** Throws CONFIG_INVALID when we have no name of our own to ask in. */
export function probeSettings(
  config: Config,
  controlKey: string,
  policies: readonly PolicyOverride[],
): ProbeSettings {
  if (config.sender === undefined) {
    throw new OperationalError(
      'CONFIG_INVALID',
      'SMTP_EHLO_NAME and SMTP_MAIL_FROM are not both set; nobody was asked. Mail servers are asked only in our own ' +
        'name: set both to a host name and a mailbox of yours (see .env.example)',
    );
  }
  return {
    ehloName: config.sender.ehloName,
    mailFrom: config.sender.mailFrom,
    port: config.smtpPort,
    replyTimeoutMs: config.replyTimeoutMs,
    connectTimeoutMs: config.connectTimeoutMs,
    sessionDeadlineMs: config.sessionDeadlineMs,
    dnsServers: config.dnsServers,
    allowPrivateMx: config.allowPrivateMx,
    ipFamily: config.ipFamily,
    localAddress: config.localAddress,
    proxy: config.proxy,
    proxyRoutes: config.proxyRoutes,
    controlKey,
    retryDelaysSeconds: config.retryDelaysSeconds,
    maxSessions: config.maxSessionsPerWorker,
    policies,
  };
}

// A name server that has not answered twice in this time will hardly do so: its rows are deferred.
const DNS_TIMEOUT_MS = 2_500;
const DNS_TRIES = 2;

export function dnsOptions(config: Config): DnsOptions {
  return { servers: config.dnsServers, timeoutMs: DNS_TIMEOUT_MS, tries: DNS_TRIES };
}

export function routerOptions(config: Config, policies: DestinationPolicies): RouterOptions {
  return {
    ...dnsOptions(config),
    destinationOf: (host) => policies.destinationOf(host),
    allowPrivateMx: config.allowPrivateMx,
    ipFamily: config.ipFamily,
    random: Math.random,
    troubleMs: troubleMsFor(config.retryDelaysSeconds),
  };
}
