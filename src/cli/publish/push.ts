/** `switchboard push`: publishes the config file without a deploy. */
import { toDocument, toVersion } from '../../config/document.ts'
import { readLive } from '../../config/published/live.ts'
import { DEFAULT_CONFIG_FILE, loadConfigFile } from '../project/config-file.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import { openCloud } from './cloud.ts'
import { release } from './release.ts'

export const definePush: DefineVerb = (verb) => {
  verb
    .option('--config <file>', 'the config', DEFAULT_CONFIG_FILE)
    .option('--message <text>', 'why, for the history')
    .option(
      '--via <url>',
      'where the gateway answers; default: publicUrl of the config',
      parseHttpUrl,
    )
    .option('--wait', 'wait until the gateway uses it')
    .option('--dry-run', 'check and show the difference only')
    .option('--force', 'publish what could not be checked, lacks a secret, or changed meanwhile')
    .option('--yes', 'do not ask')
    .action(async ({ config: file, json, ...options }) => {
      const config = await loadConfigFile(file, { local: false })
      const document = toDocument(config, toVersion(config))
      const cloud = await openCloud(process.env, process.cwd())
      const live = await readLive(cloud.store)
      await release(createTerminal({ json }), cloud, { document, how: 'push', live }, options)
    })
}
