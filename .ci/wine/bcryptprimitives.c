// bcryptprimitives.dll for Wine 8, which lacks it: Go's runtime takes its random numbers from ProcessPrng. Wine 8 does not know
// FileDispositionInformationEx either, with which Go's os.RemoveAll deletes; that call is turned into the older one.
#include <windows.h>
#include <ntsecapi.h>
#include <string.h>

BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T n) { return RtlGenRandom(data, (ULONG)n); }

typedef LONG(NTAPI *set_information)(HANDLE, void *, void *, ULONG, ULONG);
static set_information original;

static LONG NTAPI set(HANDLE h, void *status, void *info, ULONG n, ULONG class) {
    BOOLEAN delete = TRUE;
    if (class == 64 && n >= 4) return original(h, status, &delete, 1, 13);
    return original(h, status, info, n, class);
}

BOOL WINAPI DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved) {
    if (reason != DLL_PROCESS_ATTACH) return TRUE;
    BYTE *f = (BYTE *)GetProcAddress(GetModuleHandleA("ntdll"), "NtSetInformationFile");
    BYTE *copy = VirtualAlloc(NULL, 64, MEM_COMMIT, PAGE_EXECUTE_READWRITE); // the stub of a system call stands alone
    BYTE jump[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};       // mov rax, set; jmp rax
    void *to = (void *)set;
    DWORD old;
    memcpy(copy, f, 32);
    memcpy(jump + 2, &to, 8);
    original = (set_information)copy;
    if (VirtualProtect(f, sizeof jump, PAGE_EXECUTE_READWRITE, &old)) memcpy(f, jump, sizeof jump);
    return TRUE;
}
