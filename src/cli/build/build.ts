/** `switchboard build`: checks the config and writes the document that a deploy carries. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { toDocument, toVersion } from '../../config/document.ts'
import { DEFAULT_CONFIG_FILE, loadConfigFile } from '../project/config-file.ts'
import { createTerminal } from '../terminal/terminal.ts'
import type { DefineVerb } from '../terminal/verb.ts'

export const defineBuild: DefineVerb = (verb) => {
  verb
    .option('--config <file>', 'the config', DEFAULT_CONFIG_FILE)
    .option('--out <file>', 'the compiled document', 'dist/config.json')
    .option('--local', 'allow plain http and private addresses: for development only')
    .action(async ({ config: file, out, local = false, json }) => {
      const config = await loadConfigFile(file, { local })
      const document = toDocument(config, toVersion(config))
      mkdirSync(dirname(out), { recursive: true })
      writeFileSync(out, JSON.stringify(document))
      const { version } = document
      const text = `${file} is good: version ${version} in ${out}`
      createTerminal({ json }).result({ config: file, out, version }, text)
    })
}
