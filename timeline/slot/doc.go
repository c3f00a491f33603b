// Package slot decodes the slots of a log on several goroutines and hands over the results in the order of the
// file, in bounded memory.
package slot
