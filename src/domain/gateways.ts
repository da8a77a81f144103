// Filtering services in front of other people's mail servers, known by the names of their MX hosts. What they answer to
// RCPT is their customer's list of mailboxes where they have one, and anything where they have none. Mail
// hosts themselves (Google, Microsoft 365) are none.

const GATEWAYS: readonly { readonly name: string; readonly suffixes: readonly string[] }[] = [
  { name: 'proofpoint', suffixes: ['.pphosted.com', '.ppe-hosted.com', '.proofpoint.com'] },
  { name: 'mimecast', suffixes: ['.mimecast.com', '.mimecast.co.za', '.mimecast-offshore.com'] },
  { name: 'barracuda', suffixes: ['.barracudanetworks.com', '.cudaops.com', '.cudamail.com'] },
  { name: 'cisco', suffixes: ['.iphmx.com'] },
  { name: 'trend-micro', suffixes: ['.trendmicro.com', '.trendmicro.eu', '.trendmicro.co.jp'] },
  { name: 'symantec', suffixes: ['.messagelabs.com', '.messagelabs.net'] },
  { name: 'sophos', suffixes: ['.sophos.com', '.reflexion.net'] },
  { name: 'hornetsecurity', suffixes: ['.hornetsecurity.com', '.antispameurope.com', '.zerospam.ca'] },
  {
    name: 'spamexperts',
    suffixes: ['.antispamcloud.com', '.spamexperts.com', '.spamexperts.eu', '.mtaroutes.com'],
  },
  { name: 'vade', suffixes: ['.vadesecure.com'] },
  { name: 'mailinblack', suffixes: ['.mailinblack.com'] },
  { name: 'forcepoint', suffixes: ['.mailcontrol.com'] },
  { name: 'fortinet', suffixes: ['.fortimailcloud.com', '.fortimail.com'] },
  { name: 'appriver', suffixes: ['.arsmtp.com'] },
  { name: 'trellix', suffixes: ['.fireeyecloud.com', '.fireeyegov.com', '.mxlogic.net'] },
  { name: 'securence', suffixes: ['.securence.com'] },
  { name: 'mailchannels', suffixes: ['.mailchannels.net'] },
  { name: 'retarus', suffixes: ['.retarus.com'] },
];

/** Gives the name of the gateway service that runs `mxHostName` (any case, with or without the trailing dot). */
export function gatewayOf(mxHostName: string): string | undefined {
  const host = `.${mxHostName.toLowerCase().replace(/\.$/, '')}`;
  return GATEWAYS.find(({ suffixes }) => suffixes.some((suffix) => host.endsWith(suffix)))?.name;
}
