package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

func completionCommand() *cli.Command {
	shells := []struct {
		name, load string
		write      func(io.Writer, *cli.App) error
	}{
		{"bash", "source <(hunt completion bash)", writeBashCompletion},
		{"zsh", "source <(hunt completion zsh)", writeZshCompletion},
		{"fish", "hunt completion fish | source", writeFishCompletion},
		{"powershell", "hunt completion powershell | Out-String | Invoke-Expression", writePowerShellCompletion},
	}
	c := &cli.Command{
		Name: "completion", Usage: "print the completion script for a shell",
		Description: "Load the script when the shell starts, for example in ~/.bashrc:",
		Action: func(*cli.Context) error {
			return usageError("no shell given: add bash, zsh, fish or powershell; see 'hunt completion --help'")
		},
	}
	for _, s := range shells {
		c.Description += fmt.Sprintf("\n   %-11s %s", s.name, s.load)
		c.Subcommands = append(c.Subcommands, &cli.Command{
			Name: s.name, Usage: "print the completion script for " + s.name,
			Action: func(c *cli.Context) error { return s.write(c.App.Writer, newApp(io.Discard, io.Discard)) },
		})
	}
	return c
}

// completions is what can follow the words of a command: its commands and flags, and those flags that want a value.
type completions struct {
	path            string // "hunt rules list"
	commands, flags []string
	valued          []string
}

// completionTable lists the commands of app, each behind the command that it belongs to.
func completionTable(app *cli.App) []completions {
	var table []completions
	var add func(path string, flags []cli.Flag, commands []*cli.Command)
	add = func(path string, flags []cli.Flag, commands []*cli.Command) {
		row := completions{path: path, flags: []string{"--help"}}
		for _, f := range flags {
			for _, name := range f.Names() {
				name = strings.Repeat("-", min(len(name), 2)) + name
				row.flags = append(row.flags, name)
				if _, isBool := f.(*cli.BoolFlag); !isBool {
					row.valued = append(row.valued, name)
				}
			}
		}
		for _, c := range commands {
			row.commands = append(row.commands, c.Name)
		}
		table = append(table, row)
		for _, c := range commands {
			add(path+" "+c.Name, c.Flags, c.Subcommands)
		}
	}
	add(app.Name, app.Flags, app.Commands)
	return table
}

// bashCompletion completes commands and flags; where a value or a path can stand, bash completes file names.
const bashCompletion = `_hunt() {
  local path=hunt word i COMMANDS FLAGS VALUED
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  _hunt_words "$path"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case " $COMMANDS " in *" $word "*) path="$path $word"; _hunt_words "$path" ;; *) break ;; esac
  done
  COMPREPLY=()
  case " $VALUED " in *" $prev "*) return ;; esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$FLAGS" -- "$cur")) ;;
    *) ((i == COMP_CWORD)) && COMPREPLY=($(compgen -W "$COMMANDS" -- "$cur")) ;;
  esac
}
complete -o bashdefault -o default -F _hunt hunt
`

func writeBashCompletion(w io.Writer, app *cli.App) error {
	var b strings.Builder
	b.WriteString("_hunt_words() {\n  COMMANDS= FLAGS= VALUED=\n  case $1 in\n")
	for _, row := range completionTable(app) {
		fmt.Fprintf(&b, "    %q) COMMANDS=%q FLAGS=%q VALUED=%q ;;\n", row.path,
			strings.Join(row.commands, " "), strings.Join(row.flags, " "), strings.Join(row.valued, " "))
	}
	b.WriteString("  esac\n}\n" + bashCompletion)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeZshCompletion writes bash's script: zsh reads it through bashcompinit.
func writeZshCompletion(w io.Writer, app *cli.App) error {
	if _, err := io.WriteString(w, "#compdef hunt\nautoload -U +X bashcompinit && bashcompinit\n"); err != nil {
		return err
	}
	return writeBashCompletion(w, app)
}

func writeFishCompletion(w io.Writer, app *cli.App) error {
	script, err := app.ToFishCompletion()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, script)
	return err
}

// powerShellCompletion completes commands and flags; where it has nothing to offer, PowerShell completes file names.
const powerShellCompletion = `Register-ArgumentCompleter -Native -CommandName hunt -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  $path = 'hunt'
  foreach ($word in ($words | Select-Object -Skip 1)) {
    if (-not $huntWords.ContainsKey("$path $word")) { break }
    $path = "$path $word"
  }
  if ($words.Count -gt 0 -and $huntWords[$path].Valued -contains $words[-1]) { return }
  $offer = if ($wordToComplete -like '-*') { $huntWords[$path].Flags } elseif (@($path -split ' ').Count -eq $words.Count) { $huntWords[$path].Commands }
  $offer | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`

func writePowerShellCompletion(w io.Writer, app *cli.App) error {
	list := func(words []string) string {
		if len(words) == 0 {
			return "@()"
		}
		return "@('" + strings.Join(words, "', '") + "')"
	}
	var b strings.Builder
	b.WriteString("$huntWords = @{\n")
	for _, row := range completionTable(app) {
		fmt.Fprintf(&b, "  '%s' = @{ Commands = %s; Flags = %s; Valued = %s }\n", row.path, list(row.commands), list(row.flags), list(row.valued))
	}
	b.WriteString("}\n" + powerShellCompletion)
	_, err := io.WriteString(w, b.String())
	return err
}
