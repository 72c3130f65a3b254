from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def gallery(request: HttpRequest, page: str = "") -> HttpResponse:
    return render(request, "ui/gallery/index.html")
