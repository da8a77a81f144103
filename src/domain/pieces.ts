// Cuts what is too much at once into pieces.

/** Gives the items in pieces of `size`, in their order; the last may be shorter. */
export function piecesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
