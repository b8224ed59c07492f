/**
 * `switchboard numbers scan`: which URL Twilio calls for every number, messaging service, TwiML app, SIP
 * domain and short code, and what about it is worth knowing. It changes nothing.
 */
import { DEFAULT_CONFIG_FILE } from '../project/config-file.ts'
import { EXIT } from '../terminal/errors.ts'
import { createTerminal } from '../terminal/terminal.ts'
import type { DefineVerb } from '../terminal/verb.ts'
import { tellAccountNotes } from './account-notes.ts'
import { connect, loadGateway, readEverything } from './connect.ts'
import { collect, collectAccount } from './options.ts'
import { bypasses, countFindings, toScanned } from './scan-data.ts'
import { toScanText } from './scan-text.ts'
import { chooseResources, readSelection } from './selection.ts'

export const defineScan: DefineVerb = (verb) => {
  verb
    .option('--config <file>', 'the config, whose publicUrl is the gateway', DEFAULT_CONFIG_FILE)
    .option('--only <which>', 'a number, a SID, or a file of them; may be repeated', collect, [])
    .option('--account <sid>', 'only this account; may be repeated', collectAccount, [])
    .option('--all', 'each resource in a row of its own, also those without findings')
    .option('--check', 'exit with 1 when something bypasses the gateway')
    .action(async ({ config: file, only, account, all = false, check = false, json }) => {
      const terminal = createTerminal({ json })
      const selection = readSelection(only)
      const { gateway } = await loadGateway(file)
      const connection = await connect()
      const { inventory, notes } = await readEverything(terminal, connection, account)
      const { accounts, resources } = inventory
      const scanned = chooseResources(resources, selection).map((resource) =>
        toScanned(resource, inventory, gateway),
      )
      tellAccountNotes(terminal, notes)
      const { origin } = gateway
      const inFull = all || selection !== null
      const text = toScanText(scanned, { origin, inFull })
      const data = {
        publicUrl: origin,
        accounts: accounts.map(({ sid, name, isMain }) => ({ sid, name, isMain })),
        notes,
        findings: Object.fromEntries(countFindings(scanned)),
        bypassing: scanned.filter(bypasses).length,
        resources: scanned,
      }
      terminal.result(data, text)
      if (check && data.bypassing > 0) process.exitCode = EXIT.failed
    })
}
