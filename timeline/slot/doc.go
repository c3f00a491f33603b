// Package slot reads the slots of a log on several goroutines and hands over what they made of them
// in the order of the file, in bounded memory.
package slot
