/** For `--help`: how the verbs find the console, and how they are let in. */
export const LOGIN = `The console is --console, else SWITCHBOARD_CONSOLE, else http://127.0.0.1:8788, where "switchboard
dev" has it. A deployed one wants a token, SWITCHBOARD_TOKEN; an operator makes it on the page "Access".
Behind Cloudflare Access: CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET, a service token. All of these come
from the environment or .dev.vars. Viewers see numbers and texts masked.`
