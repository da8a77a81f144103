// A small internet in which a verifier of ours is known as it should be, and the folder that it runs in. A test of the doctor
// overrides what it is about.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInternet, type Internet } from '../support/internet/internet.ts';
import type { MxScript } from '../support/internet/mx-script.ts';
import type { Zone } from '../support/internet/zone.ts';

/** Where the world sees our verifier. */
export const OURS = '198.51.100.7';
const MAIL_HOST = '127.0.0.25';

/** All as it should be: names both ways, SPF, a mail host, block lists that answer and do not hold our address. */
export const SOUND: Zone = {
  'verify.example.net': { a: [OURS] },
  '7.100.51.198.in-addr.arpa': { ptr: ['verify.example.net'] },
  'example.net': {
    mx: [{ preference: 10, exchange: 'mx.example.net' }],
    txt: ['v=spf1 a:verify.example.net -all'],
  },
  'mx.example.net': { a: [MAIL_HOST] },
  '2.0.0.127.bl.example.org': { a: ['127.0.0.2'] },
};

export interface DoctorWorld {
  /** Over what is sound; undefined takes a name out. */
  readonly zone?: Readonly<Record<string, Zone[string] | undefined>>;
  readonly mailHost?: MxScript | 'dead';
  readonly settings?: Readonly<Record<string, string>>;
}

export class DoctorGround implements AsyncDisposable {
  readonly folder: string;
  readonly internet: Internet;

  private constructor(folder: string, internet: Internet) {
    this.folder = folder;
    this.internet = internet;
  }

  static async make({ zone = {}, mailHost = {}, settings = {} }: DoctorWorld = {}): Promise<DoctorGround> {
    const folder = mkdtempSync(join(tmpdir(), 'svc-doctor-'));
    for (const made of ['logs', 'storage']) mkdirSync(join(folder, made));
    const known = Object.entries({ ...SOUND, ...zone }).filter(([, name]) => name !== undefined);
    const internet = await startInternet({
      zone: Object.fromEntries(known) as Zone,
      hosts:
        mailHost === 'dead'
          ? [{ name: 'mx.example.net', ip: MAIL_HOST, isDead: true, script: {} }]
          : [{ name: 'mx.example.net', ip: MAIL_HOST, script: mailHost }],
    });
    const lines = Object.entries({
      DNS_SERVERS: internet.dnsServer,
      SMTP_PORT: String(internet.smtpPort),
      ALLOW_PRIVATE_MX: 'true',
      SMTP_EHLO_NAME: 'verify.example.net',
      SMTP_MAIL_FROM: 'probe@example.net',
      DNSBL_ZONES: 'bl.example.org',
      SERVER_ID: 'alpha',
      ...settings,
    }).map(([key, value]) => `${key}=${value}`);
    writeFileSync(join(folder, '.env'), `${lines.join('\n')}\n`);
    chmodSync(join(folder, '.env'), 0o640);
    return new DoctorGround(folder, internet);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.internet.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
