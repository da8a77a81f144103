// Whether a domain's hosts accept every recipient: the answer that a control recipient gives.

/** `unknown` when the control recipient was put off or refused for policy: valid stays valid, and says so. */
export type CatchAll = 'yes' | 'no' | 'unknown';
