package help

// FirstCommands are the three commands that a newcomer needs.
const FirstCommands = `   hunt --evtx triage/ --report out.html     find attacks and write a report
   hunt logons --evtx triage/ --external     show who logged on from the internet
   hunt search --evtx triage/ mimikatz       find a word, address or hash in any record
`

// FirstScreen is what hunt shows without arguments.
const FirstScreen = "hunt finds attacks in Windows event logs (EVTX), offline. Begin with:\n\n" + FirstCommands + `
'hunt --help' lists all commands and options, 'hunt COMMAND --help' explains one, and
'hunt man' is the manual.
`
