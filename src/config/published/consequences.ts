/** What a new config does that its difference does not say by itself. Pure. */
import type { CompiledConfig } from '../compiled.ts'

export interface Consequence {
  code: 'public_url_changes' | 'targets_go'
  message: string
}

/** `before`: null, the live config is not known. */
export function toConsequences(
  config: CompiledConfig,
  before: CompiledConfig | null,
): Consequence[] {
  if (!before) return []
  const found: Consequence[] = []
  if (before.publicUrl !== config.publicUrl) {
    const message = 'publicUrl changes: a webhook that Twilio signed for the old one is refused.'
    found.push({ code: 'public_url_changes', message })
  }
  const names = config.targets.map(({ name }) => name)
  const gone = before.targets.map(({ name }) => name).filter((one) => !names.includes(one))
  if (gone.length > 0) {
    const message = `Targets go: what is still owed to ${gone.join(', ')} dies as target_removed.`
    found.push({ code: 'targets_go', message })
  }
  return found
}
