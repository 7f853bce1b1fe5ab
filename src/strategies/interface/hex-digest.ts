/** A text's digest in hexadecimal digits, as CNIs make names of them. */
export async function hexDigest(algorithm: 'SHA-1' | 'SHA-256', text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest(algorithm, Buffer.from(text))).toString('hex');
}
