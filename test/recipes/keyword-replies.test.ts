import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRecipe, tryCommands, type Recipe } from './recipe.ts'

let recipe: Recipe
beforeAll(async () => {
  recipe = await startRecipe('keyword-replies')
})
afterAll(() => recipe.stop())

const message = (text: string) => `<Response><Message>${text}</Message></Response>`
const HOURS = message('Monday to Friday, 9 to 17.')
const ADDRESS = message('1 Example Street, Springfield.')
const CALL = message('We will call +15005550006 today.')
const WORDS = message('Send HOURS, ADDRESS or CALL ME.')
const NOTHING = '<Response/>'

async function answerTo(body: string, others: [string, string][] = []) {
  const { text } = await recipe.send('messaging.inbound', '/sms', [['Body', body], ...others])
  return text
}

describe('recipes/keyword-replies', () => {
  it.each([
    ['hours', HOURS],
    ['  HOURS\n', HOURS],
    ['Open?', HOURS],
    ['Address.', ADDRESS],
    ['call', CALL],
    ['Call  Me!', CALL],
  ])('knows the keyword %j', async (body, expected) => {
    expect(await answerTo(body)).toBe(expected)
  })

  it.each(['', 'hello', 'hours please', 'my hours', 'hourshours', 'stop it', 'Stop!'])(
    'tells which words there are after %j',
    async (body) => {
      expect(await answerTo(body)).toBe(WORDS)
    },
  )

  it.each(
    'STOP stopall Unsubscribe end QUIT revoke optout cancel start yes unstop HELP info'.split(' '),
  )('leaves %s to Twilio', async (body) => {
    expect(await answerTo(body)).toBe(NOTHING)
    expect(await answerTo(` ${body} `)).toBe(NOTHING)
  })

  it('leaves the words of Advanced Opt-Out to Twilio', async () => {
    expect(await answerTo('basta', [['OptOutType', 'STOP']])).toBe(NOTHING)
  })

  it('thanks for a picture', async () => {
    expect(await answerTo('', [['NumMedia', '1']])).toBe(message('Thanks for the picture.'))
  })

  it('answers what docs/recipes.md shows', async () => {
    const tried = await tryCommands('Keyword replies', recipe.url)
    expect(tried).toHaveLength(3)
    for (const { code, out, printed } of tried) expect([code, out]).toEqual([0, printed])
  })
})
