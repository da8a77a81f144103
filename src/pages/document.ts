// The frame of a page: its head, and what the browser is told that it may load, which is nothing from elsewhere.

import { createHash } from 'node:crypto';
import { type Child, Html, html } from './html.ts';
import { STYLE } from './style.ts';

// An empty picture: else a browser asks for one.
const NO_ICON = html`<link rel="icon" href="data:," />`;

/**
 * A page that needs nothing beside it. Its own policy forbids scripts, and whatever would be fetched, also where it is
 * opened as a file.
 */
export function selfContainedPage(title: string, body: Child): string {
  const digest = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; img-src data:`;
  return framed(
    title,
    [
      html`<meta http-equiv="Content-Security-Policy" content="${policy}" />`,
      NO_ICON,
      // In one piece: the digest is of every blank in it.
      Html.trusted(`<style>${STYLE}</style>`),
    ],
    body,
  );
}

/** A page of the dashboard; its style and its script are fetched beside it, and nothing else is. */
export function livePage(title: string, body: Child): string {
  return framed(
    title,
    [
      NO_ICON,
      html`<link rel="stylesheet" href="/style.css" />`,
      html`<script src="/live.js" defer></script>`,
    ],
    body,
  );
}

function framed(title: string, head: Child, body: Child): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${head}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}
