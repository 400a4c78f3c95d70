import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from 'node:tls';

/** The certificate that a server showed. */
export interface ProbeTls {
  /** It verifies: known issuer, right name, in its time. */
  authorized: boolean;
  /** What is wrong with it, as the end of a sentence: `the certificate expired on 2026-01-31`. */
  problem: string | null;
  /** ISO 8601. */
  validFrom: string;
  validTo: string;
  /** Whole days until `validTo`, rounded down; negative once it has expired. */
  daysLeft: number;
  issuer: string;
  subject: string;
  /** The names and addresses it is for. */
  names: string[];
  /** SHA-256, as `AB:CD:…`: tells whether it is the one on the disk. */
  fingerprint: string;
}

/**
 * Connects and tells of the certificate, whatever it is worth. Nothing is sent.
 *
 * @param host the name the certificate has to be for, also sent as SNI unless it is an address
 * @param opened called at once with the socket, so that it can be closed at any time
 * @throws the system's error
 */
export function connectTls(
  where: { host: string; port: number } | { path: string },
  host: string,
  opened: (socket: Socket) => void,
): Promise<{ socket: Socket; tls: ProbeTls }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...where,
      servername: isIP(host) === 0 ? host : '',
      // A socket that Node refuses by itself no longer tells which certificate it was.
      rejectUnauthorized: false,
      checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
      ALPNProtocols: ['http/1.1'],
    });
    opened(socket);
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve({ socket, tls: tlsOf(socket) }));
  });
}

function tlsOf(socket: TLSSocket): ProbeTls {
  const certificate = socket.getPeerCertificate();
  const {
    valid_from,
    valid_to,
    issuer,
    subject,
    subjectaltname = '',
    fingerprint256,
  } = certificate;
  const validTo = new Date(valid_to);
  return {
    authorized: socket.authorized,
    problem: socket.authorized ? null : problemOf(String(socket.authorizationError), certificate),
    validFrom: new Date(valid_from).toISOString(),
    validTo: validTo.toISOString(),
    daysLeft: Math.floor((validTo.getTime() - Date.now()) / 86_400_000),
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    names:
      subjectaltname === ''
        ? []
        : subjectaltname.split(', ').map((one) => one.replace(/^[^:]+:/, '')),
    fingerprint: fingerprint256,
  };
}

function nameOf(holder: PeerCertificate['issuer'] | undefined): string {
  const name = holder?.O ?? holder?.CN ?? '';
  return Array.isArray(name) ? name.join(', ') : String(name);
}

function problemOf(code: string, { valid_from, valid_to, subject }: PeerCertificate): string {
  const day = (text: string) => new Date(text).toISOString().slice(0, 10);
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate, or one above it, has expired (it is valid to ${day(valid_to)})`;
    case 'CERT_NOT_YET_VALID':
      return `the certificate is valid from ${day(valid_from)} on only`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'the certificate is self-signed';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'the certificate comes from an authority that is not known here';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'the issuer of the certificate is not known here, or the server does not send the whole chain';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate is for another name (${nameOf(subject)})`;
    default:
      return `the certificate does not verify (${code})`;
  }
}
