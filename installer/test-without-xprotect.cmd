@echo off
rem Shows in this window, and on a page, what publishers push to this machine,
rem without XProtect: so one knows whether it is the network and the encoder, or
rem XProtect. The start menu calls it. Another port: test-without-xprotect.cmd 8784
setlocal
title RTMP Push Driver - test without XProtect
set "port=%~1"
if not defined port set "port=8783"

:listen
echo Push to one of the addresses below, and watch here or on the page.
echo Nothing is recorded.
echo.
"%~dp0driver-host.exe" --port %port%
if not errorlevel 1 goto end
echo.
echo If the port is in use: the Recording Server has it once a hardware of the
echo driver is added. Test on another port then, such as 8784, and push to that.
echo Enter alone ends.
set "port="
set /p "port=Port: "
echo.
if defined port goto listen

:end
