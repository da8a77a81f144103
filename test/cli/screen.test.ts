import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Screen, changeOf } from '../../src/cli/screen.ts';

describe('changeOf', () => {
  it('writes only lines that changed, and wipes those that are gone', () => {
    expect(changeOf(['a', 'b', 'c', 'd'], ['a', 'x', 'c'])).toBe('\u001B[2;1Hx\u001B[K\u001B[4;1H\u001B[J');
    expect(changeOf(['a'], ['a'])).toBe('');
  });
});

describe('Screen', () => {
  const terminal = () => {
    const written: string[] = [];
    const modes: boolean[] = [];
    const input = Object.assign(new EventEmitter(), {
      destroyed: false,
      setRawMode: (mode: boolean) => (modes.push(mode), input),
      setEncoding: () => input,
      resume: () => input,
      pause: () => input,
      unref: () => input,
    });
    const output = Object.assign(new EventEmitter(), {
      columns: 40,
      rows: 3,
      write: (text: string) => written.push(text),
    });
    const keys: (string | undefined)[] = [];
    let resizes = 0;
    const screen = new Screen(
      { in: input as unknown as NodeJS.ReadStream, out: output as unknown as NodeJS.WriteStream },
      { onKey: (key) => keys.push(key), onResize: () => resizes++ },
    );
    return { screen, input, output, written, modes, keys, resizes: () => resizes };
  };

  it('takes the second screen and the keys, and gives both back', () => {
    const { screen, input, written, modes, keys } = terminal();
    input.emit('data', 'q');
    screen[Symbol.dispose]();
    input.emit('data', 'x');

    expect(written[0]).toContain('\u001B[?1049h');
    expect(written.at(-1)).toContain('\u001B[?1049l');
    expect(modes).toEqual([true, false]);
    expect(keys).toEqual(['q']);
    expect(process.listeners('exit').filter((listener) => listener.name.includes('restore'))).toEqual([]);
  });

  it('draws what fits, at once, and nothing where nothing changed', () => {
    const { screen, written } = terminal();
    using _ = screen;
    screen.draw(['one', 'two', 'three', 'below']);
    const drawn = written.length;
    screen.draw(['one', 'two', 'three', 'below it']);

    expect(written.at(-1)).toContain('three');
    expect(written.at(-1)).not.toContain('below');
    expect(written).toHaveLength(drawn);
  });

  it('draws all anew when the terminal has another size', () => {
    const { screen, output, written, resizes } = terminal();
    using _ = screen;
    screen.draw(['one']);
    output.emit('resize');
    screen.draw(['one']);

    expect(resizes()).toBe(1);
    expect(written.filter((text) => text.includes('one'))).toHaveLength(2);
  });
});
