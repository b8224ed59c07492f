import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { setSecretLine } from '../../../src/cli/rotate/dev-vars-line.ts'

const NAME = 'TWILIO_AUTH_TOKENS'
const VALUE = '{"AC1":{"primary":"aa","next":"bb"}}'
const SET = `'${VALUE}'`

describe('setSecretLine', () => {
  const cases: [what: string, before: string, after: string][] = [
    ['a bare value', `A=1\n${NAME}=old\nB=2\n`, `A=1\n${NAME}=${SET}\nB=2\n`],
    ['no line end', `${NAME}=old`, `${NAME}=${SET}`],
    ['bare JSON', `${NAME}={"AC1":"aa"}\nB=2\n`, `${NAME}=${SET}\nB=2\n`],
    ['single quotes', `${NAME}='{"AC1":"aa"}' # ring\nB=2`, `${NAME}=${SET} # ring\nB=2`],
    ['double quotes', `${NAME}="old"\nB=2`, `${NAME}=${SET}\nB=2`],
    ['several lines', `${NAME}='{\n "AC1": "aa"\n}'\nB='x\ny'\n`, `${NAME}=${SET}\nB='x\ny'\n`],
    ['export and spaces', `  export ${NAME} = old \nB=2`, `  export ${NAME} = ${SET} \nB=2`],
    ['a comment behind', `${NAME}=old # why\nB=2`, `${NAME}=${SET} # why\nB=2`],
    ['Windows line ends', `A=1\r\n${NAME}=old\r\nB=2\r\n`, `A=1\r\n${NAME}=${SET}\r\nB=2\r\n`],
    ['a commented line', `# ${NAME}=x\n${NAME}=old\n`, `# ${NAME}=x\n${NAME}=${SET}\n`],
    ['two lines', `${NAME}=a\n${NAME}=b\n`, `${NAME}=a\n${NAME}=${SET}\n`],
    [
      'a longer name',
      `X${NAME}=a\n${NAME}=b\n${NAME}_OLD=c\n`,
      `X${NAME}=a\n${NAME}=${SET}\n${NAME}_OLD=c\n`,
    ],
    [
      'a look-alike in a value',
      `${NAME}=a\nB='\n${NAME}=b\n'\n`,
      `${NAME}=${SET}\nB='\n${NAME}=b\n'\n`,
    ],
  ]
  it.each(cases)('%s', (_, before, after) => {
    expect(setSecretLine(before, NAME, VALUE)).toBe(after)
    expect(parseEnv(after)[NAME]).toBe(VALUE)
  })

  it('leaves a file alone that it cannot change safely', () => {
    expect(setSecretLine('A=1\n', NAME, VALUE)).toBeNull()
    expect(setSecretLine(`A='\n${NAME}=x\n'`, NAME, VALUE)).toBeNull()
    expect(setSecretLine(`${NAME}=old\n`, NAME, "it's")).toBeNull()
  })
})
