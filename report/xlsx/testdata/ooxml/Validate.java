import java.io.InputStream;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.poi.schemas.ooxml.system.ooxml.TypeSystemHolder;
import org.apache.xmlbeans.XmlError;
import org.apache.xmlbeans.XmlObject;
import org.apache.xmlbeans.XmlOptions;

/** Holds every part of the given workbooks against the schemas of ECMA-376, which Apache POI carries compiled. */
public class Validate {
  /**
   * What every Excel writes and no schema knows: xml:space on text, and the attributes by which part 3 of the
   * standard marks extensions that a reader may ignore.
   */
  private static final String[] ALLOWED = {
    "space@http://www.w3.org/XML/1998/namespace in element t@",
    "Ignorable@http://schemas.openxmlformats.org/markup-compatibility/2006 in element ",
    "uid@http://schemas.microsoft.com/office/spreadsheetml/2014/revision in element ",
  };

  public static void main(String[] names) throws Exception {
    int wrong = 0;
    for (String name : names) {
      int parts = 0;
      try (ZipFile zip = new ZipFile(name)) {
        for (Enumeration<? extends ZipEntry> e = zip.entries(); e.hasMoreElements(); ) {
          ZipEntry entry = e.nextElement();
          if (!entry.getName().startsWith("xl/") || !entry.getName().endsWith(".xml")) {
            continue; // relationships, content types and properties are another standard's
          }
          List<XmlError> errors = new ArrayList<>();
          try (InputStream in = zip.getInputStream(entry)) {
            XmlObject part = TypeSystemHolder.typeSystem.parse(in, null, null);
            if (part.schemaType().isNoType() || part.schemaType().equals(XmlObject.type)) {
              errors.add(XmlError.forMessage("no schema knows its root element"));
            } else {
              part.validate(new XmlOptions().setErrorListener(errors));
            }
          }
          for (String allowed : ALLOWED) {
            errors.removeIf(error -> error.getMessage().startsWith("Attribute not allowed (no wildcards allowed): " + allowed));
          }
          parts++;
          wrong += errors.size();
          for (XmlError error : errors.subList(0, Math.min(5, errors.size()))) {
            System.out.println(name + ": " + entry.getName() + ": " + error.getMessage());
          }
        }
      }
      System.out.println(name + ": " + parts + " parts");
    }
    System.out.println(wrong + " errors");
    System.exit(wrong == 0 ? 0 : 1);
  }
}
