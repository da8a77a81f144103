// Chooses the SOCKS5 proxy through which a host is dialled, if any. How it is used is dial-through-proxy.ts.

import { providerOf } from '../domain/providers.ts';
import type { ProxySetting } from '../platform/proxy-setting.ts';

export interface Proxies {
  /** For hosts without a way of their own; undefined for none. */
  readonly proxy?: ProxySetting | undefined;
  /** By the name of the host's provider. */
  readonly proxyRoutes?: Readonly<Record<string, ProxySetting | 'direct'>> | undefined;
}

/** Gives the proxy for an MX host: its provider's where there is a route for that, else everybody's. */
export function chooseProxy(host: string, { proxy, proxyRoutes = {} }: Proxies): ProxySetting | undefined {
  const provider = providerOf(host)?.name;
  const route =
    provider !== undefined && Object.hasOwn(proxyRoutes, provider) ? proxyRoutes[provider] : proxy;
  return route === 'direct' ? undefined : route;
}
