/** Names and values, one below the other. What is not known is left out by whoever lists them. */
import type { Child } from 'hono/jsx'

export function Facts({ facts }: { facts: readonly (readonly [name: Child, value: Child])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  )
}
