/** The header as it came, and what it may have been before something rewrote it. */
import { parseSignature } from '../../twilio/hmac.ts'

export interface SignatureHeader {
  digests: readonly Uint8Array[]
  /** It is not as Twilio writes it: what the gateway refuses whatever was signed. */
  isRepaired: boolean
}

export function readSignature(header: string): SignatureHeader {
  const digest = parseSignature(header)
  if (digest) return { digests: [digest], isRepaired: false }
  // A proxy may repeat the header; its values are joined with commas.
  const digests = header.split(',').flatMap((part) => repair(part) ?? [])
  return { digests: digests.slice(0, 3), isRepaired: true }
}

function repair(text: string): Uint8Array | null {
  const bare = text.trim().replaceAll(/^["']|["']$/g, '')
  const decoded = bare.replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '=')
  const standard = decoded.replaceAll(' ', '+').replaceAll('-', '+').replaceAll('_', '/')
  return parseSignature(standard.endsWith('=') ? standard : `${standard}=`)
}
