/** Every text of the pages that the hub renders itself. A translation is another object of this type. */
export const messages = {
  lang: "en",
  skip: "Skip to the content",
  backHome: "Back to your home page",
  signedInAs: (name: string) => `Signed in as ${name}`,
  showPassword: "Show password",
  hidePassword: "Hide password",
  login: {
    title: (hub: string) => `Sign in to ${hub}`,
    username: "User name",
    password: "Password",
    submit: "Sign in",
    help: "New here, or forgot your password? Ask whoever runs this hub for a link to set one.",
  },
  claim: {
    title: (hub: string) => `Welcome to ${hub}`,
    lead: "Choose a password. You will sign in with this name and your new password from now on.",
    username: "Your user name",
    password: "New password",
    hint: (length: number) =>
      `At least ${length} characters. A few unrelated words are easy to remember and hard to guess.`,
    submit: "Set password and sign in",
    strengthShort: "Too short yet",
    strengthWeak: "Easy to guess: make it longer",
    strengthFair: "Good",
    strengthStrong: "Strong",
    unknownTitle: "This link does not work",
    unknownMessage:
      "It was used already, it has expired, or part of it is missing. If you set your password before, sign in with it. Otherwise ask whoever sent you the link for a new one.",
    codeTitle: "Enter your claim code",
    codeLead: "It is in the link that you were sent, or on the screen where the hub was started.",
    code: "Claim code",
    codeSubmit: "Continue",
    signIn: "Go to sign in",
  },
  confirm: {
    title: "Allow access?",
    lead: "asks to act in your name.",
    owner: (owner: string) => `It belongs to ${owner}. Code that runs there can use what you allow here.`,
    list: (name: string) => `It will know that you are ${name}, and may:`,
    onlyName: (name: string) => `It will know that you are ${name}, and nothing more.`,
    submit: "Allow",
    cancel: "Do not allow",
  },
  error: {
    request: (id: string) => `If you ask for help, give this number: ${id}`,
    back: "Go back",
  },
  notRunning: {
    title: "Your server is not running",
    titleOther: (user: string) => `The server of ${user} is not running`,
    named: (server: string) => `Server “${server}”`,
    message: "This server is not running. Your files are kept.",
    start: "Start",
    otherwise:
      "An open notebook page can be saved again once the server runs; what it had computed in memory has to be run again.",
  },
} as const;
