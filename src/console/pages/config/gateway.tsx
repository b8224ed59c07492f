/** What the gateway says of its config, beside what is published. */
import { Badge } from '../../ui/badge.tsx'
import type { Gateway } from './words.ts'

interface GatewayPartProps {
  gateway: Gateway
  /** That counts now. */
  version: string
}

export function GatewayPart({ gateway, version }: GatewayPartProps) {
  const { state, problems } = gateway
  if (state === 'unknown') {
    return <p>It cannot be asked: the config has no publicUrl.</p>
  }
  if (state === 'unreachable') {
    return (
      <p>
        <Badge tone="calm">no answer</Badge> That proves nothing: at Cloudflare no Worker can call
        the workers.dev address of another one. From your machine: <code>curl</code> its{' '}
        <code>/healthz</code>.
      </p>
    )
  }
  if (state === 'foreign') {
    return (
      <p>
        <Badge tone="bad">not a gateway</Badge> At <code>publicUrl</code> answers something that is
        no Switchboard.
      </p>
    )
  }
  const isSame = gateway.version === version
  return (
    <div>
      <p>
        <Badge tone={isSame ? 'good' : 'wait'}>{isSame ? 'up to date' : 'not yet'}</Badge> It
        answers, and uses <code class="chip">{gateway.version ?? 'no config'}</code>
        {isSame ? '.' : '. A new config is everywhere within a minute.'}
      </p>
      {problems.length > 0 && (
        <ul>
          {problems.map((problem) => (
            <li>{problem}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
