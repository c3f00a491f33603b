// Package coverage tells what the logs of a host could have shown, and what they could not.
package coverage
