// Numbers and lengths of time as people read them: `1,250,000`, `33 %`, `4 h 10 min`. Pure. For a number that was not
// counted to its end, or is an estimate, there is a mark: `200,000+`, `~588,000`.

/** How well a number is known. */
export type Exactness = 'exact' | 'more' | 'about';

export function grouped(count: number, exactness: Exactness = 'exact'): string {
  const digits = String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',');
  return exactness === 'more' ? `${digits}+` : exactness === 'about' ? `~${digits}` : digits;
}

/** A part of a whole; 100 % only of all of it, 0 % only of nothing. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const exact = (part / whole) * 100;
  if (exact > 0 && exact < 1) return '<1 %';
  return exact > 99 && exact < 100 ? '>99 %' : `${Math.round(exact)} %`;
}

/** The same to a tenth: `84.2 %`, for what is handed on. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  if (part >= whole) return '100 %';
  const exact = (100 * part) / whole;
  if (exact < 0.1) return '<0.1 %';
  return exact > 99.9 ? '>99.9 %' : `${exact.toFixed(1)} %`;
}

/** `1 address`, `12,400 addresses`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** The same with digits alone, as log lines have them: `12400 emails`. */
export function plainCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** A length of time in at most two units: `45 s`, `12 min`, `4 h 10 min`, `3 d 4 h`. */
export function lengthOf(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0);
  if (whole < 2 * MINUTE) return `${whole} s`;
  const minutes = Math.round(whole / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  if (whole < DAY) return inTwo(minutes, 60, ['h', 'min']);
  return inTwo(Math.round(whole / HOUR), 24, ['d', 'h']);
}

/** The same in one unit, rounded up: `45 s`, `12 min`, `5 h`, `3 d`. */
export function inWords(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 100 * MINUTE) return `${Math.ceil(seconds / MINUTE)} min`;
  return seconds < 2 * DAY ? `${Math.ceil(seconds / HOUR)} h` : `${Math.ceil(seconds / DAY)} d`;
}

/** An estimate: no more exact than it is. */
export function roughly(seconds: number): string {
  if (seconds < MINUTE) return '<1 min';
  if (seconds < HOUR) return `~${Math.ceil(seconds / MINUTE)} min`;
  if (seconds < 10 * HOUR) return `~${lengthOf(roundedTo(seconds, 10 * MINUTE))}`;
  if (seconds < 2 * DAY) return `~${Math.ceil(seconds / HOUR)} h`;
  return `~${Math.ceil(seconds / DAY)} d`;
}

function inTwo(amount: number, perUnit: number, [large, small]: readonly [string, string]): string {
  const rest = amount % perUnit;
  return `${Math.floor(amount / perUnit)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

function roundedTo(seconds: number, step: number): number {
  return Math.ceil(seconds / step) * step;
}
