import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export interface IssuedCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface CertificateSubject {
  readonly commonName: string;
  /** Kubernetes reads them as the user's groups. */
  readonly organizations?: readonly string[];
  /** As openssl writes them: `IP:127.0.0.1`, `DNS:localhost`. */
  readonly alternativeNames?: readonly string[];
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate authority in a folder, by openssl. Its certificates are good for a day. */
export class CertificateAuthority {
  readonly certificateFile: string;
  readonly #folder: string;

  static async create(folder: string): Promise<CertificateAuthority> {
    const ca = new CertificateAuthority(folder);
    const key = join(folder, 'ca.key');
    await execa('openssl', ['req', '-x509', ...NEW_KEY, '-keyout', key, '-out', ca.certificateFile, '-days', '1', '-subj', '/CN=pcapper test']);
    return ca;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.certificateFile = join(folder, 'ca.crt');
  }

  /** @param name of its files. */
  async issue(name: string, subject: CertificateSubject): Promise<IssuedCertificate> {
    const at = (extension: string) => join(this.#folder, `${name}.${extension}`);
    const relativeNames = [...(subject.organizations ?? []).map((group) => ['O', group] as const), ['CN', subject.commonName] as const];
    const distinguishedName = relativeNames.map(([type, value]) => `/${type}=${value.replace(/[\\/+]/g, '\\$&')}`).join('');
    const extensions = ['extendedKeyUsage=serverAuth,clientAuth'];
    if (subject.alternativeNames !== undefined) extensions.push(`subjectAltName=${subject.alternativeNames.join(',')}`);
    await writeFile(at('ext'), `${extensions.join('\n')}\n`);
    await execa('openssl', ['req', '-new', ...NEW_KEY, '-keyout', at('key'), '-out', at('csr'), '-subj', distinguishedName]);
    const ca = ['-CA', this.certificateFile, '-CAkey', join(this.#folder, 'ca.key'), '-CAcreateserial'];
    await execa('openssl', ['x509', '-req', '-in', at('csr'), ...ca, '-days', '1', '-out', at('crt'), '-extfile', at('ext')]);
    return { certificateFile: at('crt'), keyFile: at('key') };
  }
}
