// Package task reads the definitions of scheduled tasks, which Windows logs as XML.
package task

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// Commands returns what a task runs, in the order of its definition: a program with its arguments, or the class id of
// what it loads. A truncated definition yields what precedes the cut; one that is not XML yields nothing.
func Commands(definition string) (all []string) {
	const most = 1 << 20 // bytes of a definition; Task Scheduler accepts less
	inside, element, command, arguments := false, "", "", ""
	d := xml.NewDecoder(strings.NewReader(definition[:min(len(definition), most)]))
	// it says UTF-16, and is a text already
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	d.Strict = false
	for {
		token, err := d.Token()
		if err != nil {
			if !errors.Is(err, io.EOF) && len(all) == 0 {
				return nil
			}
			return all
		}
		switch t := token.(type) {
		case xml.StartElement:
			inside, element = inside || t.Name.Local == "Actions", t.Name.Local
		case xml.EndElement:
			switch element = ""; t.Name.Local {
			case "Actions":
				inside = false
			case "Exec", "ComHandler":
				if text := strings.TrimSpace(command + " " + arguments); text != "" {
					all = append(all, text)
				}
				command, arguments = "", ""
			}
		case xml.CharData:
			switch text := strings.TrimSpace(string(t)); {
			case !inside:
			case element == "Command" || element == "ClassId":
				command += text
			case element == "Arguments":
				arguments += text
			}
		}
	}
}
