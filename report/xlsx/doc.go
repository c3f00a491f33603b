// Package xlsx writes a report as a workbook, and any other table as one. Rows go to the file as they come,
// so that a million of them take no more memory than a hundred; styles, tables and charts are excelize's.
package xlsx
