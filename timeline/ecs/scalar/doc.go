// Package scalar holds the single values of fields, and makes them from the texts that Windows writes: the arguments
// of a command line, the words for the bits of a mask, the answers of a DNS query. It knows no event and no field.
package scalar
