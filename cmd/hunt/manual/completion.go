package manual

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// Words are what can follow the words of a command: its commands and flags, and those flags that want
// a value.
type Words struct {
	Path            string // "hunt rules list"
	Commands, Flags []string
	Valued          []string
}

// Table lists the commands of app, each behind the command that it belongs to.
func Table(app *cli.App) []Words {
	var table []Words
	var add func(path string, flags []cli.Flag, commands []*cli.Command)
	add = func(path string, flags []cli.Flag, commands []*cli.Command) {
		row := Words{Path: path, Flags: []string{"--help"}}
		for _, f := range flags {
			for _, name := range f.Names() {
				name = strings.Repeat("-", min(len(name), 2)) + name
				row.Flags = append(row.Flags, name)
				if _, isBool := f.(*cli.BoolFlag); !isBool {
					row.Valued = append(row.Valued, name)
				}
			}
		}
		for _, c := range commands {
			row.Commands = append(row.Commands, c.Name)
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

// Bash writes the completion script for bash.
func Bash(w io.Writer, app *cli.App) error {
	var b strings.Builder
	b.WriteString("_hunt_words() {\n  COMMANDS= FLAGS= VALUED=\n  case $1 in\n")
	for _, row := range Table(app) {
		fmt.Fprintf(&b, "    %q) COMMANDS=%q FLAGS=%q VALUED=%q ;;\n", row.Path,
			strings.Join(row.Commands, " "), strings.Join(row.Flags, " "), strings.Join(row.Valued, " "))
	}
	b.WriteString("  esac\n}\n" + bashCompletion)
	_, err := io.WriteString(w, b.String())
	return err
}

// zshBefore makes zsh ready for bash's script, zshAfter completes at once where zsh has loaded the script as the
// function _hunt when it was asked for the first time.
const (
	zshBefore = `#compdef hunt
(( $+functions[compdef] )) || { autoload -U compinit && compinit }
autoload -U +X bashcompinit && bashcompinit
`
	zshAfter = `[[ $funcstack[1] != _hunt ]] || _bash_complete -o bashdefault -o default -F _hunt
`
)

// Zsh writes bash's script: zsh reads it through bashcompinit.
func Zsh(w io.Writer, app *cli.App) error {
	if _, err := io.WriteString(w, zshBefore); err != nil {
		return err
	}
	if err := Bash(w, app); err != nil {
		return err
	}
	_, err := io.WriteString(w, zshAfter)
	return err
}

// fishCompletion says at which command the line is. __hunt_next also wants nothing behind it but the word at hand.
const fishCompletion = `function __hunt_path
    set -l path hunt
    set -l words (commandline -opc)
    for word in $words[2..]
        contains -- "$path $word" $__hunt_paths; or break
        set path "$path $word"
    end
    echo $path
end

function __hunt_at
    test (__hunt_path) = "$argv"
end

function __hunt_next
    __hunt_at $argv; and test (count (commandline -opc)) = (count $argv)
end

`

// Fish writes the completion script for fish. It completes commands and flags, with what they do, and file names where
// a value or a path can stand.
func Fish(w io.Writer, app *cli.App) error {
	var paths, rules strings.Builder
	quote := func(text string) string {
		return "'" + strings.NewReplacer("`", "", `\`, `\\`, "'", `\'`).Replace(text) + "'"
	}
	var add func(path string, flags []cli.Flag, commands []*cli.Command)
	add = func(path string, flags []cli.Flag, commands []*cli.Command) {
		paths.WriteString(" " + quote(path))
		for _, c := range commands {
			fmt.Fprintf(&rules, "complete -c hunt -n %s -f -a %s -d %s\n", quote("__hunt_next "+path), c.Name,
				quote(c.Usage))
		}
		for _, f := range append([]cli.Flag{cli.HelpFlag}, flags...) {
			fmt.Fprintf(&rules, "complete -c hunt -n %s", quote("__hunt_at "+path))
			for _, name := range f.Names() {
				fmt.Fprintf(&rules, " -%c %s", "sl"[min(len(name), 2)-1], name)
			}
			if _, isBool := f.(*cli.BoolFlag); !isBool {
				rules.WriteString(" -r -F")
			}
			if d, ok := f.(cli.DocGenerationFlag); ok {
				rules.WriteString(" -d " + quote(d.GetUsage()))
			}
			rules.WriteByte('\n')
		}
		for _, c := range commands {
			add(path+" "+c.Name, c.Flags, c.Subcommands)
		}
	}
	add(app.Name, app.Flags, app.Commands)
	_, err := io.WriteString(w, "set -g __hunt_paths"+paths.String()+"\n\n"+fishCompletion+rules.String())
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

// PowerShell writes the completion script for PowerShell.
func PowerShell(w io.Writer, app *cli.App) error {
	list := func(words []string) string {
		if len(words) == 0 {
			return "@()"
		}
		return "@('" + strings.Join(words, "', '") + "')"
	}
	var b strings.Builder
	b.WriteString("$huntWords = @{\n")
	for _, row := range Table(app) {
		fmt.Fprintf(&b, "  '%s' = @{ Commands = %s; Flags = %s; Valued = %s }\n", row.Path, list(row.Commands),
			list(row.Flags), list(row.Valued))
	}
	b.WriteString("}\n" + powerShellCompletion)
	_, err := io.WriteString(w, b.String())
	return err
}
