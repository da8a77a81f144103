import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { commandTree } from '../../src/cli/command-tree.ts';
import { manPage } from '../../src/cli/man-page.ts';
import { documentSettings } from '../../src/platform/settings.ts';
import { sampleProgram } from './sample-program.ts';

it('makes an entry of each word that remarks explain', () => {
  const tree = commandTree(sampleProgram());
  const read = { ...tree.commands[1]!, remarks: 'TO ASK   rows\n         due\nDONE     all' };
  const page = manPage({
    tree: { ...tree, commands: [read] },
    version: '1.2.3',
    settings: [],
    exitCodes: [],
    files: [],
  });

  expect(page).toContain('.TP\n\\fBTO ASK\\fR\nrows due\n.TP\n\\fBDONE\\fR\nall\n.PP\nExamples:');
});

it('says what the definitions say, in roff', () => {
  const page = manPage({
    tree: commandTree(sampleProgram()),
    version: '1.2.3',
    settings: [{ key: 'SMTP_PORT', default: '25', reason: '.env may have it.' }],
    exitCodes: [['0', 'done']],
    files: [['logs/', 'logs']],
  });

  expect(page).toBe(String.raw`.TH SAMPLE 1 "" "sample 1.2.3"
.nh
.ad l
.SH NAME
sample \- does it\[u2019]s best
.SH SYNOPSIS
\fBsample work\fR [options]
.br
\fBsample read\fR [options] <file>
.br
\fBsample group print\fR [options] <kind>
.SH DESCRIPTION
Does it\[u2019]s best.
.SH COMMANDS
.SS work [options]
The daily work.
.TP
\fB\-\-fast\fR
hurry
.SS read [options] <file>
Read a file.
.TP
\fBfile\fR
what to read
.TP
\fB\-o, \-\-output <path>\fR
where to
.TP
\fB\-\-level <level>\fR
how much: some, all
.TP
\fB\-\-since <time>\fR
from when on
.PP
Mind the gap.
.PP
Examples:
.PP
.nf
.RS 4
sample read \-o x a.csv
printf \(aqa\en\(aq | sample read \-
.RE
.fi
.SS group print [options] <kind>
Print it.
.TP
\fBkind\fR
which: one, other
.SH SETTINGS
Flags win over the environment, the environment over .env in the folder in which the program is started, that over config/smtp\-validate.env there, and that over the default.
.TP
\fBSMTP_PORT=25\fR
\&.env may have it.
.SH EXIT STATUS
.TP
\fB0\fR
done
.SH FILES
.TP
\fBlogs/\fR
logs
`);
});

it('is built with every setting, and is what the package names as its man page', () => {
  const { man, files } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly man: readonly string[]; // npm links no page that is named without a list (npm 11.19, 2026-11)
    readonly files: readonly string[];
  };
  const page = readFileSync('dist/smtp-validate-cron.1', 'ascii');

  expect(man).toEqual(['dist/smtp-validate-cron.1']);
  expect(files).toEqual(expect.arrayContaining([...man]));
  expect(page).toMatch(/^\.SS doctor \[options\]$/m);
  for (const { key } of documentSettings()) expect(page).toContain(`\\fB${key}`);
});
