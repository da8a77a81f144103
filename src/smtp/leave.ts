// Why a job is broken off: because nothing new is to be started anywhere, or because its destination is left alone.

/** The reason of a signal that is aborted for the destination's sake. */
export const LEFT = 'left';

export function hasLeft({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason === LEFT;
}
