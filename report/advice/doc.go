// Package advice recommends what to do first, based on the facts of a report and nothing else, for an analyst to
// review: which hosts to contain, which accounts to reset, which indicators to look for, what to preserve and to
// collect.
package advice
