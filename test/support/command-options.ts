// The options of a developers' command (benches, the crash test, the demo, the small internet): told by one line of usage,
// checked before anything is started. A mistake ends the command with 64 and that line, never with a stack.

import { parseArgs, type ParseArgsConfig } from 'node:util';

const USAGE_EXIT = 64;

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

export interface CommandOptions<T extends Options> {
  readonly values: Values<T>;
  /** A whole number within these bounds; `otherwise` where the option is not given and has no default. */
  wholeNumber(name: keyof T & string, min: number, max: number, otherwise?: number): number;
  /** Ends the command, since what it was given cannot be. */
  refuse(sentence: string): never;
}

/** Gives what the command was called with; with --help or after a mistake it ends here. */
export function readOptions<const T extends Options>(usage: string, options: T): CommandOptions<T> {
  const refuse = (sentence: string): never => {
    process.stderr.write(`${sentence}\nUsage: ${usage}\n`);
    process.exit(USAGE_EXIT);
  };
  const values = valuesOf(options, refuse);
  if ('help' in values && values.help === true) {
    process.stdout.write(`Usage: ${usage}\n`);
    process.exit(0);
  }
  return {
    values,
    refuse,
    wholeNumber: (name, min, max, otherwise) => {
      const value = Number((values as Record<string, unknown>)[name] ?? otherwise);
      if (Number.isInteger(value) && value >= min && value <= max) return value;
      return refuse(`--${name} takes a whole number from ${min} to ${max}`);
    },
  };
}

function valuesOf<T extends Options>(options: T, refuse: (sentence: string) => never): Values<T> {
  try {
    return parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } }).values as Values<T>;
  } catch (error) {
    // Its further sentences tell how to give what is meant as a positional argument; there are none here.
    return refuse((error as Error).message.split('. ')[0]!);
  }
}
