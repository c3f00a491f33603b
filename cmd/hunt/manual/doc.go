// Package manual writes the manual page of a command line program and the scripts with which shells complete its
// commands and flags, from what the program says about itself.
package manual
