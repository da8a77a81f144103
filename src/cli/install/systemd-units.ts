// A systemd service and its timer for this installation. deploy/systemd holds what this makes for /opt/smtp-validate-cron.
// Pure. The first line of a unit carries a digest of the rest, by which one that nobody edited is known.

import { createHash } from 'node:crypto';
import { unitWord, type Starter } from './starter.ts';

export interface UnitsFor extends Starter {
  readonly runAs: string;
  /** Folders that are written to: logs, storage, and that of the metrics. */
  readonly writable: readonly string[];
}

export const UNIT = 'smtp-validate-cron';

/** The text of both units by file name. */
export function systemdUnits(wanted: UnitsFor): Readonly<Record<string, string>> {
  return {
    [`${UNIT}.service`]: sealed(service(wanted)),
    [`${UNIT}.timer`]: sealed(timer(wanted)),
  };
}

/** True of a text that stands as it was made, by whatever version. */
export function isUnedited(text: string): boolean {
  const [, rest] = /^#[^\n]*\n([\s\S]*)$/.exec(text) ?? [];
  return rest !== undefined && sealed(rest) === text;
}

function sealed(rest: string): string {
  const digest = createHash('sha256').update(rest).digest('hex').slice(0, 16);
  return `# Made by "smtp-validate-cron install systemd" (${digest}). For changes of your own: systemctl edit.\n${rest}`;
}

// Homes of users hold checkouts and the Nodes that nvm brings.
const HOMES = /^\/(?:home|root|run\/user)(?:\/|$)/;

function service({ folder, node, program, args, runAs, writable }: UnitsFor): string {
  const isInHome = [folder, node, program, ...writable].some((path) => HOMES.test(path));
  return `[Unit]
Description=Verify e-mail addresses (one cycle)
Wants=network-online.target
After=network-online.target mariadb.service mysql.service

[Service]
Type=oneshot
User=${runAs}
WorkingDirectory=${folder.replaceAll('%', '%%')}
ExecStart=${[node, program, ...args].map(unitWord).join(' ')}
# "Finished, but some rows were given back" (1) and "stopped by a signal after draining" (143) are no failures of the unit.
SuccessExitStatus=1 143
KillMode=mixed
# SIGTERM makes it drain: workers finish what is in flight, the rest is given back.
TimeoutStopSec=60
LimitNOFILE=65536
# A worker that runs out of memory dies alone: its rows are asked about again.
OOMPolicy=continue

# Holds the program's compiled code, which halves what an idle cycle costs.
CacheDirectory=${UNIT}
UMask=0027
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths=${writable.map(unitWord).join(' ')}
ProtectHome=${isInHome ? 'read-only' : 'true'}
PrivateTmp=true
PrivateDevices=true
ProtectClock=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectControlGroups=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
RemoveIPC=true
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# One of these is needed: workers lower their priority.
SystemCallFilter=setpriority
SystemCallErrorNumber=EPERM
# Not here: MemoryDenyWriteExecute (V8 compiles as it goes), ProtectProc (the lock asks whether its holder lives).
`;
}

function timer({ offsetSeconds }: UnitsFor): string {
  return `[Unit]
Description=Verify e-mail addresses each minute

[Timer]
OnCalendar=*:*:${String(offsetSeconds).padStart(2, '0')}
AccuracySec=1s

[Install]
WantedBy=timers.target
`;
}
