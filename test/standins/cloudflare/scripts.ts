/**
 * Uploaded Workers: versions with their modules, bindings and secrets, the version that is deployed,
 * and what calls it. Secrets outlive an upload, as at Cloudflare.
 */
import { randomUUID } from 'node:crypto'
import { refuse, type Reply } from './reply.ts'

export interface Binding {
  type: string
  name: string
  [field: string]: unknown
}

export interface Version {
  id: string
  number: number
  annotations: Record<string, string>
  bindings: Binding[]
  mainModule: string
  modules: Record<string, { type: 'esm' | 'text'; contents: string }>
}

export interface Script {
  name: string
  versions: Version[]
  /** Newest first. */
  deployments: { id: string; versions: { version_id: string; percentage: number }[] }[]
  migrationTag: string | null
  schedules: { cron: string }[]
  isOnWorkersDev: boolean
  compatibilityDate: string
}

export const activeVersion = ({ versions, deployments }: Script): Version | undefined =>
  versions.find(({ id }) => id === deployments[0]?.versions[0]?.version_id)

export const secretsOf = (script: Script): string[] =>
  (activeVersion(script)?.bindings ?? [])
    .filter(({ type }) => type === 'secret_text')
    .map(({ name }) => name)

export function createScripts() {
  const scripts = new Map<string, Script>()

  /** Stores a version; the form is the one that wrangler sends. */
  async function upload(name: string, form: FormData): Promise<Reply | Version> {
    const metadata = JSON.parse(String(form.get('metadata')))
    const script = scripts.get(name) ?? createScript(name)
    const before = activeVersion(script)?.bindings ?? []
    const bindings: Binding[] = []
    for (const binding of metadata.bindings as Binding[]) {
      const old = before.find((each) => each.name === binding.name)
      if (binding.type !== 'inherit') bindings.push(binding)
      else if (old) bindings.push(old)
      else return refuse(400, 10056, `inherit binding '${binding.name}' is invalid`)
    }
    const kept = (metadata.keep_bindings ?? []) as string[]
    const isNew = ({ name: each }: Binding) => !bindings.some((other) => other.name === each)
    bindings.push(...before.filter((old) => kept.includes(old.type) && isNew(old)))
    const modules: Version['modules'] = {}
    for (const [file, part] of form) {
      if (file === 'metadata' || !(part instanceof File)) continue
      const type = part.type.startsWith('text/plain') ? 'text' : 'esm'
      modules[file] = { type, contents: await part.text() }
    }
    const version = {
      id: randomUUID(),
      number: script.versions.length + 1,
      annotations: { 'workers/triggered_by': 'upload', ...metadata.annotations },
      bindings,
      mainModule: metadata.main_module as string,
      modules,
    }
    script.versions.push(version)
    script.compatibilityDate = metadata.compatibility_date ?? script.compatibilityDate
    script.migrationTag = metadata.migrations?.new_tag ?? script.migrationTag
    scripts.set(name, script)
    return version
  }

  function activate(script: Script, versionId: string): void {
    script.deployments.unshift({
      id: randomUUID(),
      versions: [{ version_id: versionId, percentage: 100 }],
    })
  }

  return { all: scripts, upload, activate }
}

const createScript = (name: string): Script => ({
  name,
  versions: [],
  deployments: [],
  migrationTag: null,
  schedules: [],
  isOnWorkersDev: false,
  compatibilityDate: '',
})
