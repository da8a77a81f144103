// What the whole run needs once. Filled by test/support/mariadb.ts.
export default function setup(): void {}
