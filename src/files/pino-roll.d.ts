// What is used of pino-roll 4, which brings no declarations.
declare module 'pino-roll' {
  export interface RollingOptions {
    readonly file: string;
    readonly frequency: 'daily';
    readonly dateFormat: string;
    readonly limit: { readonly count: number; readonly removeOtherLogFiles: boolean };
    readonly mkdir: boolean;
    readonly sync: boolean;
    readonly mode: number;
  }

  /** A SonicBoom. */
  export interface RollingStream {
    readonly file: string;
    write(line: string): boolean;
    reopen(): void;
    end(): void;
    destroy(): void;
    on(event: 'error', listener: (error: Error) => void): unknown;
    once(event: 'close' | 'error', listener: () => void): unknown;
  }

  export default function openRolling(options: RollingOptions): Promise<RollingStream>;
}
