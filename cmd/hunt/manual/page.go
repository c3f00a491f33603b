package manual

import (
	"fmt"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/urfave/cli/v2"
)

// date is that of the page's text; the same program prints the same page.
const date = "2026-11-30"

// exitStatus is the manual's section on exit codes.
const exitStatus = `# EXIT STATUS

**0**
: hunt ran.

**1**
: hunt failed, or found nothing that it could read.

**2**
: The command line is wrong.

**3**
: hunt ran, but could not read some of the evidence; the report says which.

**4**
: There are findings at or above **--fail-on**.

**130**
: hunt was interrupted. It leaves no half-written file behind.
`

// Page renders the manual page, section 1, from the commands and flags of app.
func Page(app *cli.App) []byte {
	var b strings.Builder
	// The first line is md2man's: title, section, date, source.
	fmt.Fprintf(&b, "%% HUNT 1 \""+date+"\" \"hunt %s\" \"User Commands\"\n\n", app.Version)
	fmt.Fprintf(&b, "# NAME\n\nhunt - %s\n\n# SYNOPSIS\n\n%s\n", app.Usage, codeBlock(app.UsageText))
	description, examples, _ := strings.Cut(app.Description, "\n\nExamples:\n")
	fmt.Fprintf(&b, "# DESCRIPTION\n\n%s\n\n# OPTIONS\n\n", indentedBlocks(description))
	writeManFlags(&b, app.Flags)
	b.WriteString("# COMMANDS\n\n")
	for _, c := range app.Commands {
		writeManCommand(&b, app.Name, c)
	}
	b.WriteString(exitStatus)
	fmt.Fprintf(&b, "\n# EXAMPLES\n\n%s\n", codeBlock(examples))
	return md2man.Render([]byte(b.String()))
}

func writeManCommand(b *strings.Builder, parent string, c *cli.Command) {
	name := parent + " " + c.Name
	usage := name
	if c.UsageText != "" {
		usage = c.UsageText
	} else if c.ArgsUsage != "" {
		usage += " " + c.ArgsUsage
	}
	fmt.Fprintf(b, "### %s\n\n%s\n\n%s\n", name, sentence(c.Usage), codeBlock(usage))
	if c.Name == "report" {
		b.WriteString("It takes the options of the main job.\n\n")
		return
	}
	if c.Description != "" {
		fmt.Fprintf(b, "%s\n", codeBlock(c.Description))
	}
	writeManFlags(b, c.Flags)
	for _, s := range c.Subcommands {
		writeManCommand(b, name, s)
	}
}

// writeManFlags lists flags with what they say in the help.
func writeManFlags(b *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		value, usage := "", doc.GetUsage()
		if before, rest, found := strings.Cut(usage, "`"); found {
			word, after, _ := strings.Cut(rest, "`")
			value, usage = " *"+word+"*", before+"*"+word+"*"+after
		}
		var names []string
		for _, n := range f.Names() {
			names = append(names, "**"+strings.Repeat("-", min(len(n), 2))+n+"**"+value)
		}
		if text := doc.GetDefaultText(); doc.TakesValue() && text != "" && !strings.Contains(usage, "default") {
			usage += " (default: " + text + ")"
		}
		fmt.Fprintf(b, "%s\n: %s\n\n", strings.Join(names, ", "), sentence(usage))
	}
}

// indentedBlocks marks the lines that are indented in a text as ones that stay as they are.
func indentedBlocks(text string) string {
	var b strings.Builder
	code := false
	for line := range strings.Lines(text) {
		indented := strings.HasPrefix(line, "   ")
		if indented != code {
			b.WriteString("\n")
		}
		if code = indented; code {
			line = "    " + strings.TrimPrefix(line, "   ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// codeBlock marks text as one that keeps its lines.
func codeBlock(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + strings.TrimPrefix(line, "   "))
	}
	return b.String() + "\n"
}

// sentence begins text with a capital letter and ends it with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if strings.ContainsAny(text[len(text)-1:], ".:") {
		return text
	}
	return text + "."
}
