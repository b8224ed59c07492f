/** What the three verbs begin with: the config, the login, and everything there is. */
import { loadConfigFile } from '../project/config-file.ts'
import { createSecretReader } from '../project/secrets.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { connectTwilio, type TwilioConnection } from '../twilio/client.ts'
import { toAccountNotes, type AccountNote } from './account-notes.ts'
import { toGatewayAddress, type GatewayAddress } from './gateway-address.ts'
import { readInventory, type Inventory } from './inventory.ts'

export async function loadGateway(file: string): Promise<{
  gateway: GatewayAddress
  config: Awaited<ReturnType<typeof loadConfigFile>>
}> {
  const config = await loadConfigFile(file, { local: false })
  return { config, gateway: toGatewayAddress(config, file) }
}

export const connect = (): Promise<TwilioConnection> =>
  connectTwilio(createSecretReader(process.env, process.cwd()))

export interface Found {
  inventory: Inventory
  notes: AccountNote[]
}

/** Shows its way: it takes a while for a large account, and longer when Twilio asks to slow down. */
export async function readEverything(
  terminal: Terminal,
  connection: TwilioConnection,
  accounts: readonly string[],
): Promise<Found> {
  const inventory = await terminal.step('Reading what Twilio has', async (update) => {
    connection.tell(update)
    return readInventory(connection, { accounts, onProgress: update })
  })
  const { ring, accountSid } = connection.credentials
  return { inventory, notes: toAccountNotes(inventory, ring, accountSid) }
}
