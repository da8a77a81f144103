// The page of a report in a real browser: as a phone, a desk and paper see it, with nothing fetched and nothing run.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportPage } from '../../src/pages/report-page.ts';
import { HOSTILE, PLAIN_TIMES, someReport } from '../pages/some-report.ts';
import { type Browser, DESK, PHONE, openBrowser } from './browser.ts';
import { leastContrast } from './contrast.ts';

let browser: Browser;
let folder: string;
let url: string;
beforeAll(async () => {
  browser = await openBrowser();
  folder = mkdtempSync(join(tmpdir(), 'svc-report-'));
  const file = join(folder, 'report.html');
  writeFileSync(file, reportPage(someReport({ name: HOSTILE.name }), PLAIN_TIMES));
  url = `file://${file}`;
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const VIEWS = [
  { name: 'a desk', view: DESK },
  { name: 'a desk in the dark', view: { ...DESK, isDark: true } },
  { name: 'a phone', view: PHONE },
  { name: 'a phone in the dark', view: { ...PHONE, isDark: true } },
];

describe.each(VIEWS)('the report on $name', ({ view }) => {
  it('fits its width, can be read, and fetches or runs nothing', async () => {
    const page = await browser.open(view);
    await page.goto(url);

    expect(await page.ask('document.documentElement.scrollWidth')).toBe(view.width);
    expect(await page.ask(leastContrast)).toBeGreaterThanOrEqual(4.5);
    expect(await page.ask('performance.getEntriesByType("resource").length')).toBe(0);
    expect(await page.ask('document.scripts.length + document.images.length')).toBe(0);
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  it('draws its charts in the colours of the verdicts', async () => {
    const page = await browser.open(view);
    await page.goto(url);

    const widths = await page.ask<number[]>(
      '[...document.querySelectorAll("svg.bar, svg.ring, .columns svg")].map((svg) => svg.getBoundingClientRect().width)',
    );
    const colours = await page.ask<string[]>(
      '[...document.querySelectorAll(".ring > *")].map((arc) => getComputedStyle(arc).stroke)',
    );

    expect(widths.length).toBeGreaterThan(8);
    expect(Math.min(...widths)).toBeGreaterThan(80);
    expect(new Set(colours).size).toBe(colours.length);
    await page.close();
  });
});

describe('the report', () => {
  it('shows hostile names as what they are', async () => {
    const page = await browser.open(DESK);
    await page.goto(url);

    expect(await page.ask('document.querySelector("h1").textContent')).toBe(
      HOSTILE.name.replace('\u202E', ''),
    );
    expect(await page.ask('document.body.textContent')).toContain(HOSTILE.domain);
    await page.close();
  });

  it('runs no script that somebody put into the file either', async () => {
    const page = await browser.open(DESK);
    await page.goto(url);

    await page.ask(
      'void document.body.append(Object.assign(document.createElement("script"), { textContent: "window.ran = 1" }))',
    );

    expect(await page.ask('window.ran ?? 0')).toBe(0);
    await page.close();
  });

  it('prints on few sheets, without what only a screen needs', async () => {
    const page = await browser.open(DESK);
    await page.goto(url);

    const pdf = (await page.pdf()).toString('latin1');

    expect(pdf.startsWith('%PDF-')).toBe(true);
    const sheets = pdf.match(/\/Type\s*\/Page\b/g)!.length;
    expect(sheets).toBeGreaterThanOrEqual(2);
    expect(sheets).toBeLessThanOrEqual(6);
    expect(pdf).toMatch(/\/MediaBox\s*\[0 0 59[45](?:\.\d+)? 84[12]/); // A4
    await page.close();
  });
});
