// What a connection to a node of a Galera cluster needs beside the settings of any other. Conflicts with other nodes
// need nothing: they come as deadlocks (1213), also at COMMIT, and are repeated like any.

// Reads, and transactions from their first, see what was committed on any node before they began: a verdict must find
// the claim it was made under although its server has moved to another node.
const SEE_OTHER_NODES = 'SET SESSION wsrep_sync_wait = 1';

// A node that is cut off from its cluster, or still fetches its state, lets clients in, shows its variables and refuses
// (1047) all that may touch a table. So it is asked something of that kind before anybody counts on it.
const ARE_YOU_READY = 'DO 0';

/** Prepares a connection to a node, of which `ask` asks. Rejects with 1047 while the node is not ready. */
export async function prepareGalera(ask: (sql: string) => Promise<unknown>): Promise<void> {
  await ask(SEE_OTHER_NODES);
  await ask(ARE_YOU_READY);
}
