// The command `doctor`: whether this machine is fit to probe. Looks and asks, and changes nothing anywhere; the one stranger
// it may knock at is the mail host of our own sender's domain. The checks are doctor/checks.ts.

import { DestinationPolicies } from '../domain/destination-policy.ts';
import { loadConfig, type Config } from '../platform/config.ts';
import type { ConfigProblem } from '../platform/config-sources.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { showSettings } from '../platform/show-settings.ts';
import { DnsClient } from '../smtp/dns-client.ts';
import { Router } from '../smtp/resolve-route.ts';
import { widthOf } from './columns.ts';
import type { Ground, OurAddresses } from './doctor/check.ts';
import { CHECKS } from './doctor/checks.ts';
import { findOurAddresses } from './doctor/our-addresses.ts';
import { hasFailure, reportDocument, reportLines } from './doctor/report.ts';
import { runChecks } from './doctor/run-checks.ts';
import { jsonText, printLine } from './output.ts';
import { paintFor } from './paint.ts';
import { dnsOptions, routerOptions } from './probe-settings.ts';

export interface DoctorOptions {
  /** Our public addresses, where they cannot be found out here. */
  readonly addresses: readonly string[];
  readonly mailHost: string | undefined;
  readonly isJson: boolean;
}

const UNFIT = 2;

export interface DoctorOutcome {
  /** 2 when something keeps the program from its work. */
  readonly exitCode: number;
  /** True when a check took too long, and would hold the process. */
  readonly isAbandoned: boolean;
}

/** Prints what the checks say. */
export async function doctorCommand(options: DoctorOptions): Promise<DoctorOutcome> {
  const cwd = process.cwd();
  const { config, problems } = readConfig(cwd);
  const configured = config && {
    config,
    dns: new DnsClient(dnsOptions(config)),
    router: new Router(routerOptions(config, new DestinationPolicies())),
  };
  let ours: Promise<OurAddresses> | undefined;
  const ground: Ground = {
    cwd,
    settings: showSettings({ cwd }),
    problems,
    configured,
    ourAddresses: () => (ours ??= findOurAddresses(configured, options.addresses)),
    mailHost: options.mailHost,
  };
  try {
    const examined = await runChecks(CHECKS, ground);
    const paint = paintFor(process.stdout);
    if (options.isJson) await printLine(jsonText(reportDocument(examined, ground.settings, cwd)));
    else for (const line of reportLines(examined, widthOf(process.stdout), paint)) await printLine(line);
    return {
      exitCode: hasFailure(examined) ? UNFIT : EXIT.done,
      isAbandoned: examined.some(({ isAbandoned }) => isAbandoned),
    };
  } finally {
    configured?.dns.close();
    configured?.router.close();
  }
}

function readConfig(cwd: string): { config: Config | undefined; problems: readonly ConfigProblem[] } {
  try {
    return { config: loadConfig({ cwd }), problems: [] };
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== 'CONFIG_INVALID') throw error;
    return { config: undefined, problems: error.fields['problems'] as readonly ConfigProblem[] };
  }
}
