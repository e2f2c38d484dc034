/**
 * Whether a URL's host is this machine or one of a private network, as far as its name shows: what a name of the public
 * network resolves to is not looked up.
 *
 * @param hostname as the URL class has it: addresses normalised, IPv6 in brackets
 */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '').toLowerCase();
  if (host.startsWith('[')) return isPrivateIpv6(host.slice(1, -1));
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return isPrivateIpv4(host.split('.').map(Number));
  // One word is a name of the own network, as are these.
  return !host.includes('.') || /\.(?:localhost|local|internal|lan|home|arpa)$/.test(host);
}

/** RFC 6890 and what is no address of one machine. */
function isPrivateIpv4([a = 0, b = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true;
  if (a === 100) return b >= 64 && b < 128; // shared by customers of a provider
  if (a === 169) return b === 254; // of the link; clouds tell secrets there
  if (a === 172) return b >= 16 && b < 32;
  if (a === 192) return b === 168 || b === 0;
  return a === 198 && (b === 18 || b === 19);
}

/** Loopback, IPv4 in IPv6, unique local, of the link, several machines. */
function isPrivateIpv6(address: string): boolean {
  return /^(?:::|64:ff9b:|f[cd]|fe[89ab]|ff)/.test(address);
}
