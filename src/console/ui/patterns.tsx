/** Which kinds a target gets, as the config has them: `messaging.*`, `voice.call.status`. */
export function Patterns({ events }: { events: readonly string[] }) {
  if (events.includes('*')) return <>every kind</>
  return <code>{events.join(', ')}</code>
}
