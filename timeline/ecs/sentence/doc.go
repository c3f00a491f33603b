// Package sentence puts an event into words by a template: who did what to what.
//
//	{field|other|'words'}   the first that has a value, or else the words
//	{@Name}                 raw Data
//	{~field}                in a title only the end of a path, or the host of a URL
//	{-field}                without the stream that marks where a file came from
//	{!field}                writes nothing, but there must be a value
//	{^field}                the same, and the value must be derived, not from the record
//	{a\b}                   domain and name; the domain may be missing
//	{a:b}                   address and port; the port may be missing
//	[one|two|three]         the first whose values are all present; nothing if there is none
//	[?field=x,y?one|two]    one only if the field's first value is x or y
//	[?field~x,y?one|two]    one only if it contains x or y
//
// Outside brackets, a value needs words for the case that it is missing.
//
// [Resolver.Parse] parses a template, [Teller.Append] writes it for an [Event]. Package
// [hunt/timeline/ecs] decides what the fields of an event are, and how a value is shortened.
package sentence
